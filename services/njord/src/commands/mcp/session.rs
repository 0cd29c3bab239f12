//! A session: who we are, which tools there are, and a call carried out. The protocol itself is the SDK's.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData,
    Implementation, ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
    ToolAnnotations,
};
use rmcp::service::{RequestContext, ServerInitializeError};
use rmcp::{RoleServer, ServerHandler, ServiceExt as _};

use super::asked::schema;
use super::pipe::{LINE_BYTES_MAX, Pipe, Trouble};
use super::tools::{Desk, TOOLS, no_such_tool};
use crate::failure::Failure;
use crate::output::Answer;
use crate::program::VERSION;

/// What a client is told about us.
const ABOUT: &str = "Looks at a Njord trading system on this machine: state, positions, orders, decisions with \
                     their reasons, strategies, settings, reports, documentation. Nothing here can trade, \
                     change a setting or touch the kill switch; for that there is the command line, and a person. \
                     Begin with `status`. Amounts are exact and given as text; times are UTC.";
/// A longer answer is cut at a line.
const TEXT_BYTES_MAX: usize = 64 << 10;
/// What is said to programs is left out beyond this.
const JSON_BYTES_MAX: usize = 256 << 10;

struct Session {
    desk: Desk,
}

/// Serves one client over the pipes of this process, until it hangs up.
pub(super) async fn serve(desk: Desk) -> Result<(), Failure> {
    let trouble = Arc::new(Trouble::default());
    let pipe = Pipe::new(tokio::io::stdin(), tokio::io::stdout(), Arc::clone(&trouble));
    let ended = match (Session { desk }).serve(pipe).await {
        Ok(running) => running.waiting().await.map(drop).map_err(|error| error.to_string()),
        Err(ServerInitializeError::ConnectionClosed(_)) => Ok(()),
        Err(error) => Err(format!("is no session of the protocol: {}", short(&error.to_string()))),
    };
    let advice = "a client of the Model Context Protocol at the other end; one message a line";
    let failed = |what: String| Failure::new("mcp", "standard input", what).advice(advice);
    match trouble.was() {
        Some(what) => Err(failed(format!("{what} ({LINE_BYTES_MAX} bytes)"))),
        None => ended.map_err(failed),
    }
}

/// The beginning of what somebody else may have written.
fn short(text: &str) -> String {
    super::asked::quoted(text)
}

impl ServerHandler for Session {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("njord", VERSION))
            .with_instructions(ABOUT)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let looks = || ToolAnnotations::new().read_only(true).idempotent(true).open_world(false);
        let tool = |tool: &super::tools::Tool| {
            rmcp::model::Tool::new(tool.name, tool.about, schema(tool.takes)).annotate(looks())
        };
        Ok(ListToolsResult::with_all_items(TOOLS.iter().map(tool).collect()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let given = request.arguments.unwrap_or_default();
        // A mistake of ours in one answer is no reason to leave the client without any.
        let called = catch_unwind(AssertUnwindSafe(|| self.desk.call(&request.name, given)));
        match called {
            Ok(None) => Err(ErrorData::invalid_params(no_such_tool(&request.name), None)),
            Ok(Some(Ok(answer))) => Ok(good(answer).into()),
            Ok(Some(Err(failure))) => Ok(bad(&failure).into()),
            Err(_) => {
                let what = "a mistake of the program; this question cannot be answered";
                Ok(bad(&Failure::new("bug", request.name, what).advice("the command line")).into())
            }
        }
    }
}

fn good(answer: Answer) -> CallToolResult {
    let mut result = CallToolResult::success(vec![ContentBlock::text(cut(answer.text))]);
    result.structured_content =
        Some(answer.json).filter(|json| json.to_string().len() <= JSON_BYTES_MAX);
    result
}

fn bad(failure: &Failure) -> CallToolResult {
    let mut result = CallToolResult::error(vec![ContentBlock::text(cut(failure.to_string()))]);
    result.structured_content = Some(failure.to_json());
    result
}

/// As much of it as is given at once, in lines that are whole.
fn cut(text: String) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text;
    }
    let mut end = TEXT_BYTES_MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = text[..end].rfind('\n').unwrap_or(end);
    format!("{}\n(cut here; ask for less at once)\n", &text[..end])
}
