//! The audit log: entries, Merkle tree, signed checkpoints, verification. Bytes in, verdict out.
