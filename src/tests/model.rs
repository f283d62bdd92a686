//! The fold against a reference in the rules' plainest words.
