"""What is observed: a module per section of the article, and the one test that runs them."""
