//! An attempt's directory: what is where, its keys, its declaration and its links.
