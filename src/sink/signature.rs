//! The signature of a webhook, as the Standard Webhooks specification has it (version 1.0.0, "Signature scheme"): an
//! HMAC-SHA256 over id, time and body. It never keeps a secret.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::hmac;

/// What the specification puts before a symmetric secret.
const PREFIX: &str = "whsec_";

/// Sizes of a key in bytes that the specification allows.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The value of `webhook-signature`: one signature for each secret in `secrets`, which stand there parted by blanks or line
/// ends, so that a secret can be changed while both are known. `seconds` is the value of `webhook-timestamp`.
///
/// # Errors
/// There is no secret, or one that is none.
pub fn sign(secrets: &str, id: &str, seconds: i64, body: &str) -> Result<String, String> {
    let content = format!("{id}.{seconds}.{body}");
    let signatures: Result<Vec<_>, String> = secrets.split_whitespace().map(|secret| Ok(one(&key(secret)?, &content))).collect();
    Ok(signatures?.join(" "))
}

fn one(key: &[u8], content: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), content.as_bytes());
    format!("v1,{}", STANDARD.encode(tag.as_ref()))
}

fn key(secret: &str) -> Result<Vec<u8>, String> {
    let bytes = secret.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
    let bytes = bytes.filter(|bytes| KEY_BYTES.contains(&bytes.len()));
    bytes.ok_or_else(|| format!("a signing secret is `{PREFIX}` and 24 to 64 bytes in base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_the_specifications_own_example() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let signed = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Ok("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    #[test]
    fn two_secrets_give_two_signatures() {
        let (one, two) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
        let both = sign(&format!("{one}\n{two}"), "id", 1, "{}").unwrap();
        assert_eq!(both, format!("{} {}", sign(one, "id", 1, "{}").unwrap(), sign(two, "id", 1, "{}").unwrap()));
    }

    #[test]
    fn what_is_no_secret_is_refused_without_repeating_it() {
        for bad in ["s3cret", "whsec_", "whsec_????", "whsec_c2hvcnQ="] {
            let error = sign(bad, "id", 1, "{}").unwrap_err();
            assert!(!error.contains("s3cret") && !error.contains("c2hvcnQ="), "{error}");
        }
    }
}
