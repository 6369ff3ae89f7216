//! When alerts wait, are told again, are silenced or gathered: under simulated time over a real archive, and end to end. After
//! each, as much went out as came in.

mod growth;
mod line;
mod random;
mod running;
mod stand;
mod storm;
mod year;
