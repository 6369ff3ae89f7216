//! A desktop portal on a test's bus that opens nothing and keeps what it was asked to open.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use zbus::{Connection, OwnedObjectPath, OwnedVariant, connection, fdo, interface};

/// The portal; it ends with this value.
pub struct Portal {
    opened: Arc<Mutex<Vec<String>>>,
    _connection: Connection,
}

impl Portal {
    /// A portal on the bus at `address`.
    pub async fn start(address: &str) -> Portal {
        let opened: Arc<Mutex<Vec<String>>> = Arc::default();
        let builder = connection::Builder::address(address).serve_at("/org/freedesktop/portal/desktop", OpenUri(opened.clone()));
        let connection = builder.name("org.freedesktop.portal.Desktop").build().await.unwrap();
        Portal { opened, _connection: connection }
    }

    /// The addresses that it was asked to open.
    pub fn opened(&self) -> Vec<String> {
        self.opened.lock().unwrap().clone()
    }
}

struct OpenUri(Arc<Mutex<Vec<String>>>);

#[interface(name = "org.freedesktop.portal.OpenURI")]
impl OpenUri {
    #[zbus(name = "OpenURI")]
    async fn open_uri(&self, _parent: String, uri: String, _options: HashMap<String, OwnedVariant>) -> fdo::Result<OwnedObjectPath> {
        self.0.lock().unwrap().push(uri);
        Ok(OwnedObjectPath::try_from("/org/freedesktop/portal/desktop/request/1").unwrap())
    }
}
