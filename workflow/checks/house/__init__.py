"""House checks: advice on style, links, repeats and dates. docs/house-checks.md tells people what each looks for."""
