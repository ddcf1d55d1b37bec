"""What the workflows of GitHub Actions run, so that it can be run and tested elsewhere; see docs/ci.md."""
