"""Commands of ``workbench`` that talk with the person who runs them."""
