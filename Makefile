# Two commands do everything, set-up included: make demo, make test. Each verb is one short script in scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo test lint types typescript matrix libraries oldest hazards bench clean
export HEADLESS CSV TESTS LITELLM LIBRARIES HAZARDS BENCH PEERS

help:
	@echo 'make demo               JupyterLab on the quickstart notebook (offline endpoint if no key is in the environment)'
	@echo 'make demo HEADLESS=1    run that notebook to its end without a browser and print the answers'
	@echo '          CSV=path      ... on another table'
	@echo 'make test               every check: lint, types, Python tests, notebooks, a real browser'
	@echo '          TESTS=path    ... only these tests'
	@echo 'make lint | types | typescript   one check'
	@echo 'make matrix             every fault in every dialect of the endpoint, and how many of how many survive'
	@echo '          LITELLM=1     ... and a second server, LiteLLM, installed below .cache (most of a GB)'
	@echo 'make libraries          values of Spark, modin, geopandas, xarray, datasets; installs them below .cache (2.6 GB), needs Java'
	@echo 'make oldest             the Python tests with our dependencies at the oldest releases we promise'
	@echo 'make hazards            how many of how many hazards hold, by the tests that name them'
	@echo "          HAZARDS='APP UI'   ... of these families"
	@echo 'make bench              benchmarks, into tests/bench/RESULTS.md (never fail on time; half an hour)'
	@echo '          PEERS=1       ... beside others, installed below .cache the first time (7 GB)'
	@echo "          BENCH='client loop'   ... of these topics"
	@echo 'make clean              remove what these commands made, .venv included'

demo:
	@scripts/demo

test:
	@scripts/test

lint:
	@scripts/setup test
	@scripts/lint

types:
	@scripts/setup test
	@scripts/types

typescript:
	@scripts/setup test
	@scripts/typescript

matrix:
	@scripts/setup test
	@scripts/matrix

libraries:
	@scripts/setup test
	@scripts/libraries

oldest:
	@scripts/setup test
	@scripts/oldest

hazards:
	@scripts/setup test
	@scripts/hazards

bench:
	@scripts/setup test
	@scripts/bench

clean:
	@scripts/clean
