//! When to poll a feed next, from its interval, its failures, HTTP hints and a seed. Pure arithmetic.
