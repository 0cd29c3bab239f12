//! What libraries say through `tracing` becomes lines of the same log, by the same rules.
//!
//! Our own code says notices instead. This path formats text on the thread that speaks, so it is
//! not for threads that decide.

use std::fmt::{Debug, Write as _};
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::Shared;
use super::record::{Body, Fault, Gathered, Record, Shown, Text, thread_number};
use crate::level::Level;
use crate::trace::{RequestId, TraceId};

/// A layer that hands everything to the log.
pub(super) struct Bridge(pub(super) Arc<Shared>);

/// What a span puts everything inside it on.
#[derive(Clone, Copy, Default)]
struct Ids {
    trace: Option<TraceId>,
    request: Option<RequestId>,
}

/// `TRACE` has no level in our log and is not kept.
fn level(of: tracing::Level) -> Option<Level> {
    match of {
        tracing::Level::ERROR => Some(Level::Error),
        tracing::Level::WARN => Some(Level::Warn),
        tracing::Level::INFO => Some(Level::Info),
        tracing::Level::DEBUG => Some(Level::Debug),
        _ => None,
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        // Spans carry the ids; which lines are kept is decided line by line.
        metadata.is_span()
            || level(*metadata.level())
                .is_some_and(|level| self.0.filter.keeps(metadata.target(), level))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let least = self.0.filter.least_of_all();
        Some(match least {
            Some(Level::Debug) => LevelFilter::DEBUG,
            Some(Level::Info) => LevelFilter::INFO,
            Some(Level::Warn) => LevelFilter::WARN,
            // Spans with ids are of this level, and must live even where no line is kept.
            Some(Level::Error) | None => LevelFilter::ERROR,
        })
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut ids = Ids::default();
        attributes.record(&mut ids);
        if let Some(span) = context.span(id)
            && (ids.trace.is_some() || ids.request.is_some())
        {
            span.extensions_mut().insert(ids);
        }
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let mut ids = extensions.get_mut::<Ids>().map_or_else(Ids::default, |ids| *ids);
        values.record(&mut ids);
        extensions.replace(ids);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let Some(level) = level(*metadata.level()) else { return };
        let mut heard = Heard::default();
        event.record(&mut heard);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(ids) = span.extensions().get::<Ids>() {
                heard.ids.trace = heard.ids.trace.or(ids.trace);
                heard.ids.request = heard.ids.request.or(ids.request);
            }
        }
        self.0.push(Record {
            at: (self.0.clock)(),
            level,
            component: metadata.target(),
            thread: thread_number(),
            trace: heard.ids.trace,
            request: heard.ids.request,
            took: None,
            body: Body::Text(Box::new(heard.text)),
            fault: heard.fault,
        });
    }
}

impl Visit for Ids {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = Gathered::default();
        let _ = write!(text, "{value:?}");
        self.record_str(field, &text.held);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "trace_id" => self.trace = value.parse().ok(),
            "request_id" => self.request = value.parse().ok(),
            _ => {}
        }
    }
}

/// An event of `tracing` as it is heard.
#[derive(Default)]
struct Heard {
    text: Text,
    ids: Ids,
    fault: Option<Box<Fault>>,
}

impl Visit for Heard {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = Gathered::default();
        let _ = write!(text, "{value:?}");
        match field.name() {
            "message" => self.text.message = text,
            "trace_id" | "request_id" => self.ids.record_str(field, &text.held),
            name => self.text.field(name, Shown::Text(text)),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.text.message = Gathered::of(&value),
            "trace_id" | "request_id" => self.ids.record_str(field, value),
            name => self.text.field(name, Shown::Text(Gathered::of(&value))),
        }
    }

    fn record_error(&mut self, _: &Field, value: &(dyn std::error::Error + 'static)) {
        self.fault = Some(Box::new(Fault::of("error", value)));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.text.field(field.name(), Shown::Float(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.text.field(field.name(), Shown::Int(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.text.field(field.name(), Shown::Uint(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.text.field(field.name(), Shown::Bool(value));
    }
}
