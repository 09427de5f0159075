"""The live path: admission, what is rendered, the hub that fans out, one open stream."""
