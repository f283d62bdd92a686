//! The evidence that leaves the hub: signed checkpoints, tiles, bundles and their verification.
