//! The archive: synchronous SQL over one SQLite file. One writer thread owns the write connection.
