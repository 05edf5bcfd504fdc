"""Each page as a notebook and as a script, beside the library."""
