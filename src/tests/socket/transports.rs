//! The same protocol through TLS.

use std::{fs, sync::Arc};

use hadir::{server::tls, wire::ToPage};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};
use tokio_tungstenite::client_async;

use super::house::{Heard, House, Page, Plan, hello};

#[tokio::test]
async fn a_page_is_counted_through_tls_from_certificate_files() {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let house = House::open(Plan { tls: Some(tls::acceptor(&certificate, &key).unwrap()), ..Plan::default() }).await;
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let tcp = TcpStream::connect(house.address).await.unwrap();
    let stream =
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), tcp).await.unwrap();
    let mut request = house.request();
    request.headers_mut().insert("origin", format!("https://{}", house.address).parse().unwrap());

    let (socket, _) = client_async(request, stream).await.unwrap();
    let mut page = Page { socket };
    page.say(&hello("person:1", "d")).await;

    assert!(matches!(page.hear().await, Heard::Message(ToPage::Counted { .. })));
    page.say(r#"{"t":"bye"}"#).await;
    assert_eq!(page.close_code().await, Some(1000));
}

#[test]
fn certificate_files_that_do_not_serve_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (missing, empty) = (folder.path().join("missing.pem"), folder.path().join("empty.pem"));
    fs::write(&empty, "").unwrap();

    let no_file = tls::acceptor(&missing, &empty).err().unwrap().to_string();
    let no_certificate = tls::acceptor(&empty, &empty).err().unwrap().to_string();

    assert!(no_file.contains("missing.pem"), "{no_file}");
    assert_eq!(no_certificate, format!("no certificate in {}", empty.display()));
}
