"""Two OpenAPI documents compared, operation by operation, by what a caller sends and gets."""
