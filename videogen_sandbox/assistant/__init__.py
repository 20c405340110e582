"""The sandbox's assistant and its small texts: rules over words, not a language model, and they say so."""
