//! Empty: the tests are those of utils and derive, and only the versions that they run with are this package's own.
