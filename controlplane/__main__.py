"""`python -m controlplane` is the command line."""

from controlplane.cli import main

if __name__ == "__main__":
    main()
