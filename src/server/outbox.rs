//! What waits for a participant's task: bits that say what is new, instead of a queue that could grow.

use std::{
    sync::atomic::{AtomicI64, AtomicU8, Ordering},
    task::{Context, Poll},
};

use futures_util::task::AtomicWaker;

use crate::domain::{
    ids::{ConnectionId, Tag},
    time::UnixMicros,
};

/// Something that a participant's task has to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The lesson changed: the newest state is read where it is kept.
    Lesson,
    /// A participation check was opened: it is read where it is kept.
    Prompt,
    /// Another tab of the same browser took over.
    Replaced,
    /// The person's link was withdrawn.
    Revoked,
    /// The hub shuts down in order.
    Drain,
    /// The hub shuts down now.
    Shutdown,
}

/// All notices, in the order in which they are taken.
const NOTICES: [Notice; 6] =
    [Notice::Shutdown, Notice::Revoked, Notice::Lesson, Notice::Prompt, Notice::Replaced, Notice::Drain];

/// Several notices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notices(u8);

/// One connection as the rest of the hub sees it: its name, its newest proof, and a place to leave notices.
#[derive(Debug)]
pub(super) struct Outbox {
    connection: ConnectionId,
    device: Tag,
    proved: AtomicI64,
    /// One bit each: a notice that is left twice is one notice, so nothing can overflow.
    notices: AtomicU8,
    waker: AtomicWaker,
}

impl Notice {
    fn bit(self) -> u8 {
        match self {
            Self::Lesson => 1,
            Self::Replaced => 2,
            Self::Revoked => 4,
            Self::Drain => 8,
            Self::Shutdown => 16,
            Self::Prompt => 32,
        }
    }
}

impl Notices {
    pub(super) fn iter(self) -> impl Iterator<Item = Notice> {
        NOTICES.into_iter().filter(move |notice| self.0 & notice.bit() != 0)
    }
}

impl Outbox {
    pub(super) fn new(connection: ConnectionId, device: Tag, proved: UnixMicros) -> Self {
        Self {
            connection,
            device,
            proved: AtomicI64::new(proved.0),
            notices: AtomicU8::new(0),
            waker: AtomicWaker::new(),
        }
    }

    pub(super) fn connection(&self) -> ConnectionId {
        self.connection
    }

    pub(super) fn device(&self) -> Tag {
        self.device
    }

    pub(super) fn proved(&self) -> UnixMicros {
        UnixMicros(self.proved.load(Ordering::Acquire))
    }

    pub(super) fn prove(&self, at: UnixMicros) {
        self.proved.store(at.0, Ordering::Release);
    }

    pub(super) fn leave(&self, notice: Notice) {
        self.notices.fetch_or(notice.bit(), Ordering::AcqRel);
        self.waker.wake();
    }

    /// Everything left since the last time; registers the task for the next notice.
    pub(super) fn poll_take(&self, context: &Context<'_>) -> Poll<Notices> {
        self.waker.register(context.waker());
        // Read after registering: a notice that is left in between wakes the task again.
        match self.notices.swap(0, Ordering::AcqRel) {
            0 => Poll::Pending,
            bits => Poll::Ready(Notices(bits)),
        }
    }
}
