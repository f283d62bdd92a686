//! One participant's protocol as a pure machine: inputs and the time in, effects out.
