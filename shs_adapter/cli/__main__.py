from shs_adapter.cli import main

main()
