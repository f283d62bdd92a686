//! What an auditor is handed, and what they find when it was changed.
