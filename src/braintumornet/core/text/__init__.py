"""Text that people read and write: names, columns, errors, and what a terminal may show."""
