//! The participants' socket, as programs and broken peers use it.
