"""Load on a service, from outside: nothing is used but its HTTP interface and its command line."""
