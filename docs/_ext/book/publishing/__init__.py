"""From what Sphinx has written to the site that readers get."""
