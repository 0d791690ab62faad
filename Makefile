# `make probe` on a fresh clone does everything: set-up, extraction, probes.
# DATASET=folder:/my/images MODEL=/my/model CACHE=data/cache/mine and so on become `--dataset` and so on;
# ARGS='--any-other option' is passed on as it stands.

STRATA := node_modules/.bin/strata
TSX := node_modules/.bin/tsx
EXTRACT_OPTIONS := DATASET MODEL SIGNATURE CACHE TAPS REDUCE DTYPE FORMAT PREPROCESS LIMIT BATCH CONCURRENCY SEED WORKER LABELS BACKEND FORWARD COMPUTE PROFILE CONFIG
PROBE_OPTIONS := CACHE OUT TAPS LABELS PROBE L2 FOLDS SEEDS SEED TOLERANCE MEMORY BACKEND PRODUCTS CONFIG

EXPERIMENTS := mnist-convnet mlp-128 imagenette-resnet50 imagenette-mobilenet branches factors random-labels

# Shell code that turns the variables that are set into flags, "$@", each value one word whatever is in it.
flags = set --; for name in $(1); do eval "value=\$${$$name-}"; \
	[ -z "$$value" ] || set -- "$$@" "--$$(echo $$name | tr A-Z a-z)" "$$value"; done;

.PHONY: help setup extract probe report test test-long lint bench bench-extract bench-probe train-glyphnet fetch-mnist export-model export-environment measure-networks measure-agreement clean python-environment tensorflow-environment chromium
.DEFAULT_GOAL := help

help: ## this list
	@awk -F':.*## ' '/^[a-z%-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'extract takes $(EXTRACT_OPTIONS)'
	@echo 'probe   takes $(PROBE_OPTIONS), and what extract takes where it has to extract first'
	@echo 'such as: make extract DATASET=folder:/my/images MODEL=/my/model CACHE=data/cache/mine TAPS=merges'
	@echo 'ARGS passes anything else on: make probe ARGS="--help"'
	@echo 'experiments: $(EXPERIMENTS)'

setup: ## packages, the TensorFlow library, dist/ (by itself before what needs it; STRATA_TENSORFLOW=cpu|gpu|none)
	@cmp -s package-lock.json node_modules/.strata-lock.json || { \
		echo 'set-up: npm ci' >&2; \
		npm ci --prefer-offline --loglevel=error --no-progress >&2 </dev/null && cp package-lock.json node_modules/.strata-lock.json; }
	@$(TSX) scripts/setup/setup.ts

extract: setup ## one forward pass over the data set -> data/cache/NAME
	@$(call flags,$(EXTRACT_OPTIONS)) exec $(STRATA) extract "$$@" $(ARGS)

# A marker says that an extraction begun here has not ended: its cache has a manifest, but not every shard. A folder of
# checkpoints has caches in it (step=100, seed=1/step=100).
# LABELS names label sets here and label tables in `extract`, so only the probes get it.
probe: setup ## every layer x label set x l2 -> data/runs/NAME; extracts first when the cache is not there
	@cache="$${CACHE:-$${STRATA_CACHE:-}}"; \
	if [ -z "$$cache$$CONFIG" ] && [ -n "$$DATASET$$MODEL" ]; then \
		echo 'make probe: DATASET or MODEL without CACHE: name the cache too, such as CACHE=data/cache/mine' >&2; exit 2; \
	fi; \
	path="$${cache:-data/cache/glyphs-glyphnet}"; \
	marker=".setup/unfinished-$$(printf %s "$$path" | cksum | cut -d' ' -f1)"; \
	caches=$$(ls "$$path"/manifest.json "$$path"/*/manifest.json "$$path"/seed*/*/manifest.json 2>/dev/null); \
	if [ -z "$$caches" ] || [ -e "$$marker" ] || [ -z "$$cache" -a -n "$$CONFIG" ]; then \
		mkdir -p .setup && : >"$$marker"; \
		$(call flags,$(filter-out LABELS,$(EXTRACT_OPTIONS))) $(STRATA) extract "$$@"; code=$$?; \
		[ $$code -eq 0 ] || [ $$code -eq 3 ] || exit $$code; \
		rm -f "$$marker"; \
	fi; \
	$(call flags,$(PROBE_OPTIONS)) exec $(STRATA) probe "$$@" $(ARGS)

report: setup ## tables and plots of the run OUT again, without training
	@set --; [ -z "$${OUT-}" ] || set -- "$$OUT"; exec $(STRATA) report "$$@" $(ARGS)

test: lint python-environment chromium ## lint, type check and tests; the last line says `N passed, N failed`
	@node_modules/.bin/vitest run $(ARGS)

test-long: setup python-environment tensorflow-environment ## the long tests (test/**/*.long.ts)
	@STRATA_LONG=1 node_modules/.bin/vitest run $(ARGS)

lint: setup ## formatter, linter and type checker
	@node_modules/.bin/biome check --error-on-warnings
	@node_modules/.bin/tsc --noEmit
	@node_modules/.bin/tsc -p src/report/page

python-environment: setup
	@$(TSX) scripts/setup/python-environment.ts

tensorflow-environment: setup
	@$(TSX) scripts/setup/python-environment.ts tensorflow

# What CHROMIUM names, or one on the path, or else one from the npm registry.
chromium: setup
	@$(TSX) scripts/setup/chromium.ts

bench: setup ## benchmarks, printed as ratios measured side by side
	@$(TSX) scripts/bench/bench.ts $(ARGS)

bench-extract: setup ## the benchmarks of extraction alone, beside ONNX Runtime, PyTorch and TensorFlow
	@$(TSX) scripts/bench/bench.ts store extraction forward files steady compute onnx saved-model

bench-probe: setup ## the benchmarks of probing alone, beside scikit-learn, PyTorch and Cyanure
	@$(TSX) scripts/bench/bench.ts probe

train-glyphnet: setup ## trains the embedded model again -> data/models
	@$(TSX) scripts/train-glyphnet.ts $(ARGS)

experiment-%: setup ## an experiment of the paper (% is one of the names below) -> scripts/experiments/RESULTS.md
	@$(TSX) scripts/experiments/run.ts $*

fetch-mnist: setup ## MNIST from its public home, checked -> data/mnist
	@$(TSX) scripts/experiments/fetch-mnist.ts

# FROM=torchvision|timm|keras NAME=resnet50 WEIGHTS=random|default|FILE SEED=1 CLASSES=FILE OUT=net.onnx (keras: a folder).
export-model: setup ## a network of torchvision, timm or Keras, or your weights of one -> ONNX or SavedModel with its sidecar
	@$(call flags,WEIGHTS SEED CLASSES OUT) exec $(TSX) scripts/export/export-model.ts "$${FROM-}" $${NAME-} "$$@" $(ARGS)

export-environment: setup # the Python packages of FROM alone; export-model makes them by itself
	@$(TSX) scripts/export/export-model.ts "$${FROM-}" environment

measure-networks: setup ## the paper's networks with random weights, exported, extracted and measured -> scripts/export/RESULTS.md
	@$(TSX) scripts/export/measure-networks.ts $(ARGS)

measure-agreement: setup ## one ResNet-50 as ONNX, SavedModel and tfjs beside PyTorch -> scripts/export/RESULTS.md
	@$(TSX) scripts/export/measure-agreement.ts $(ARGS)

clean: ## removes dist, .setup, data/cache, data/runs and data/experiments
	rm -rf dist .setup data/cache data/runs data/experiments
