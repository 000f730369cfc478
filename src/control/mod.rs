//! Every act of a person: state and audit in one transaction.
