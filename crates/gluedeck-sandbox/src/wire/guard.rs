//! Who may call: programs that name this machine. A web page may have a name of its own rebound to this address, or post
//! here from another origin; both are refused before anything is read.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;

/// Passes a request on, or refuses it by its `Host` or `Origin`. `bind` is the address that is listened on.
pub(super) async fn guard(State(bind): State<IpAddr>, request: Request, next: Next) -> Response {
    match refused(&request, bind) {
        None => next.run(request).await,
        Some(what) => {
            let hint = "use the address that the sandbox listens on";
            (StatusCode::FORBIDDEN, format!("The sandbox takes no requests with {what}; {hint}.\n")).into_response()
        }
    }
}

/// What a request is refused for.
fn refused(request: &Request, bind: IpAddr) -> Option<String> {
    let text = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("?").to_owned());
    // HTTP/2 has it in the address of the request.
    let host = request.uri().authority().map(ToString::to_string).or_else(|| text(header::HOST));
    let host = host.filter(|host| !is_own(host, bind)).map(|host| format!("Host {host}"));
    let origin = text(header::ORIGIN).filter(|origin| !is_own_origin(origin, bind));
    host.or_else(|| origin.map(|origin| format!("Origin {origin}")))
}

/// Whether a host, with or without a port, is this machine by an address or a name that nobody else can give to it.
fn is_own(host: &str, bind: IpAddr) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    match name.parse::<IpAddr>() {
        // An address cannot be rebound; where all are listened on, any may be meant.
        Ok(address) => address.is_loopback() || address == bind || bind.is_unspecified(),
        // `bucket.localhost` too: S3's clients put the bucket before the host.
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

fn is_own_origin(origin: &str, bind: IpAddr) -> bool {
    origin.split_once("://").is_some_and(|(_, host)| is_own(host, bind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_by_an_address_or_a_loopback_name() {
        let loopback: IpAddr = "127.0.0.1".parse().expect("an address");
        let all: IpAddr = "0.0.0.0".parse().expect("an address");
        for host in ["127.0.0.1:4566", "localhost", "LOCALHOST:1", "[::1]:4566", "bucket.localhost:4566", "127.9.9.9"] {
            assert!(is_own(host, loopback), "{host}");
        }
        for host in
            ["evil.example", "evil.example:4566", "10.0.0.7:4566", "localhost.evil.example", "", "127.0.0.1.nip.io"]
        {
            assert!(!is_own(host, loopback), "{host}");
        }
        assert!(is_own("10.0.0.7:4566", all) && !is_own("evil.example", all));
        assert!(is_own_origin("http://localhost:3000", loopback) && !is_own_origin("https://evil.example", loopback));
        assert!(!is_own_origin("null", loopback));
    }
}
