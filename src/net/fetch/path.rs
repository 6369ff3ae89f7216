//! The way of one fetch along its redirects: where it has led, where it may go on, what belongs to its beginning alone.

use super::{Request, Stop};
use crate::net::guard;
use reqwest::{StatusCode, header::HeaderValue};
use url::{Origin, Url};

/// Redirects that are followed.
pub const MAX_HOPS: usize = 5;

/// Where the hops have led so far.
#[derive(Debug)]
pub struct Path {
    /// The address of the feed.
    pub home: Url,
    /// The address that is asked now.
    pub at: Url,
    /// The same as it may be kept and compared.
    shown: String,
    hops: usize,
    /// Whether every redirect was for good.
    pub permanent: bool,
}

impl Path {
    /// At an address that may be asked.
    ///
    /// # Errors
    /// Why it may not.
    pub fn begin(url: &str) -> Result<Path, String> {
        let home = Url::parse(url).map_err(|e| format!("the address cannot be read: {e}"))?;
        check_scheme(&home).map_err(|scheme| format!("`{scheme}` addresses are not fetched, only http and https"))?;
        Ok(Path { at: home.clone(), shown: shown(&home), home, hops: 0, permanent: true })
    }

    /// Goes to the target of a redirect, if it may be gone to.
    ///
    /// # Errors
    /// That it may not, which ends the fetch.
    pub fn step(&mut self, status: StatusCode, location: Option<&HeaderValue>) -> Result<(), Stop> {
        if self.hops == MAX_HOPS {
            return Err(Stop::failed(format!("more than {MAX_HOPS} redirects"), Some(status)));
        }
        let mut next = location
            .and_then(|l| std::str::from_utf8(l.as_bytes()).ok())
            .and_then(|l| self.at.join(l).ok())
            .ok_or_else(|| Stop::failed("a redirect without a readable target", Some(status)))?;
        check_scheme(&next).map_err(|_| Stop::Refused("redirects to an address that is not http or https".to_owned()))?;
        if self.at.scheme() == "https" && next.scheme() == "http" {
            let reason = "redirects from https to plain http, which is not followed; configure the http address if it is right";
            return Err(Stop::failed(reason, Some(status)));
        }
        bind_credentials(&mut next, &self.home);
        self.hops += 1;
        self.permanent &= matches!(status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
        self.shown = shown(&next);
        self.at = next;
        Ok(())
    }

    /// Whether the validators of the request belong to the address asked now.
    pub fn owns(&self, request: &Request<'_>) -> bool {
        match request.validators_url {
            Some(url) => url == self.shown || Url::parse(url).is_ok_and(|url| shown(&url) == self.shown),
            None => self.hops == 0,
        }
    }

    /// The address that is asked now, as it may be kept and compared.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The target, where it was redirected for good.
    pub fn moved_to(&self) -> Option<String> {
        let moved = self.hops > 0 && self.permanent && !has_credentials(&self.home);
        moved.then(|| self.shown.clone()).filter(|to| *to != shown(&self.home))
    }

    /// The end where an address turns out to be private.
    pub fn refused(&self, private: &guard::Private) -> Stop {
        Stop::Refused(match self.hops {
            0 => format!("{private}; set `allow_private = true` on the feed if that is meant"),
            _ => format!("redirects to a host that the feed may not reach: {private}"),
        })
    }
}

fn check_scheme(url: &Url) -> Result<(), String> {
    match url.scheme() {
        "http" | "https" => Ok(()),
        other => Err(other.to_owned()),
    }
}

/// Credentials go to the origin that the user wrote them for, and to no other; none are taken from a redirect.
fn bind_credentials(next: &mut Url, home: &Url) {
    let same = matches!(home.origin(), Origin::Tuple(..)) && next.origin() == home.origin();
    // These fail only on addresses without a host, which `http` never is.
    let _ = next.set_username(if same { home.username() } else { "" });
    let _ = next.set_password(if same { home.password() } else { None });
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// An address as it may be kept and compared: without credentials and fragment.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.into()
}
