"""The page of a case, part by part: its volumes, its pictures, its tables, its viewer."""
