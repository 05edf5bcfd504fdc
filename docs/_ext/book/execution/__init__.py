"""How pages and scripts are run, and what of it is kept."""
