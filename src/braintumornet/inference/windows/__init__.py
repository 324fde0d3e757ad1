"""How a network is read over a whole volume: in windows or in one pass, within what memory there is."""
