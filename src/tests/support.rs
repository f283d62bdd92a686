//! What several tests need: attempts, servers, clients.
