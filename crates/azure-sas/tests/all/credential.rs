//! Where tokens come from.

use std::error::Error as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use azure_sas::{
    ConnectionString, Error, KeyRotation, ReadyMade, Reason, Renewal, Resource, SharedAccessKey,
    SharedAccessSignature, Signer, Token, TokenCredential, TokenError, TokenFuture,
};
use chrono::{DateTime, Utc};

use crate::at;

const TOKEN: &str = "SharedAccessSignature sr=audience\
    &sig=8UM0iIfFCfeBSqxSdBMW8pUbhAm7mnjSUaIZTZx8V0g%3D&se=1578099723&skn=key";

fn renewal(key: &str) -> Renewal {
    let signer = Signer::new("send", &SharedAccessKey::new(key).unwrap()).unwrap();
    let resource = Resource::new("sb://h/orders").unwrap();
    Renewal::new(signer, resource, Duration::from_secs(100), Duration::from_secs(10)).unwrap()
}

/// The token of a credential that need not wait.
fn token_of(credential: &dyn TokenCredential, now: i64) -> Arc<Token> {
    let future = pin!(credential.token(at(now)));
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(token) => token.unwrap(),
        Poll::Pending => panic!("the credential waits"),
    }
}

fn is_signed_with(token: &Token, key: &str) -> bool {
    let token: SharedAccessSignature = token.authorization().parse().unwrap();
    token.is_signed_by(&SharedAccessKey::new(key).unwrap())
}

#[test]
fn a_renewal_is_a_credential() {
    let renewal = Arc::new(renewal("a"));
    let credential: Box<dyn TokenCredential> = Box::new(Arc::clone(&renewal));
    let token = token_of(&*credential, 1_000);
    assert!(Arc::ptr_eq(&token, &renewal.token_at(at(1_000))));
    assert!(!credential.signature_refused(&token), "there is no other key");
}

#[test]
fn a_ready_made_token_is_given_out_as_it_is() {
    let signature: SharedAccessSignature = TOKEN.parse().unwrap();
    let credential = ReadyMade::from(&signature);
    for now in [0, 1_578_099_723, 8_210_266_876_799] {
        assert_eq!(token_of(&credential, now).authorization(), TOKEN);
    }
    assert!(!credential.signature_refused(credential.token()));
    assert!(!format!("{credential:?}").contains("8UM0"));
}

#[test]
fn a_connection_string_gives_its_own_kind_of_tokens() {
    let resource = || Resource::new("sb://h/orders").unwrap();
    let with_key: ConnectionString =
        "Endpoint=sb://h/;SharedAccessKeyName=send;SharedAccessKey=a".parse().unwrap();
    let credential = with_key.token_credential(resource());
    let token = token_of(&credential, 1_000);
    assert_eq!(token.expires(), at(4_600));
    assert!(is_signed_with(&token, "a"));
    let ready_made: ConnectionString =
        format!("Endpoint=sb://h/;SharedAccessSignature={TOKEN}").parse().unwrap();
    let credential = ready_made.token_credential(resource());
    assert_eq!(token_of(&credential, 1_000).authorization(), TOKEN);
}

#[test]
fn a_refused_key_gives_way_to_the_other() {
    let keys = KeyRotation::new(renewal("a"), renewal("b"));
    let credential: &dyn TokenCredential = &keys;
    let first = token_of(credential, 1_000);
    assert!(is_signed_with(&first, "a") && keys.is_primary());

    assert!(credential.signature_refused(&first));
    let second = token_of(credential, 1_000);
    assert!(is_signed_with(&second, "b") && !keys.is_primary());

    // A thread that was refused with the first token hears late.
    assert!(credential.signature_refused(&first));
    assert!(is_signed_with(&token_of(credential, 2_000), "b"));

    assert!(credential.signature_refused(&second));
    assert!(is_signed_with(&token_of(credential, 2_000), "a"));
}

#[test]
fn a_token_of_neither_key_changes_nothing() {
    let keys = KeyRotation::new(renewal("a"), renewal("b"));
    let other = renewal("c").token_at(at(1_000));
    assert!(!keys.signature_refused(&other) && keys.is_primary());
    let bearer = Token::bearer("a.b.c", at(1_100)).unwrap();
    assert!(!keys.signature_refused(&bearer) && keys.is_primary());
    assert!(!format!("{keys:?}").contains("sig="));
}

#[test]
fn a_bearer_token_is_sent_as_one() {
    let token = Token::bearer("ab-._~+/.c==", at(7)).unwrap();
    assert_eq!((token.authorization(), token.expires()), ("Bearer ab-._~+/.c==", at(7)));
    assert!(!format!("{token:?}").contains("ab-"));
    assert_eq!(Token::bearer("", at(7)).unwrap_err(), Error::BearerToken(Reason::Empty));
    for text in ["a b", "a\r\nb", "\u{e9}", "Bearer a", "a\"", "a,b"] {
        let error = Token::bearer(text, at(7)).unwrap_err();
        assert_eq!(error, Error::BearerToken(Reason::Character), "{text}");
    }
}

#[test]
fn an_application_brings_its_own_and_may_fail() {
    struct Down;
    impl TokenCredential for Down {
        fn token(&self, _: DateTime<Utc>) -> TokenFuture<'_> {
            Box::pin(async { Err(TokenError::unavailable("the identity service is down")) })
        }
    }
    let credential: Arc<dyn TokenCredential> = Arc::new(Down);
    let future = pin!(credential.token(at(0)));
    let Poll::Ready(Err(error)) = future.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("the credential fails at once")
    };
    assert_eq!(error.to_string(), "the identity service is down");
    assert!(error.is_transient() && error.source().is_none());
}
