"""`python -m hwcli` is `hw`."""

from hwcli.app import main

if __name__ == "__main__":
    main()
