"""`python -m sestina`: the command line."""

from sestina.cli import main

if __name__ == "__main__":
    main()
