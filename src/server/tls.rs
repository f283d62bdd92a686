//! TLS from certificate files, for hubs without a proxy in front.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
    },
};

/// Why the certificate files do not serve.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Check the path and the file's permissions, and that it holds PEM text.
    #[error("cannot read certificates or key from {}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        cause: pem::Error,
    },
    /// Point to the file that has the certificate and its chain.
    #[error("no certificate in {}", .0.display())]
    NoCertificate(PathBuf),
    /// Use the key that belongs to the certificate.
    #[error("the certificate and the key do not serve together")]
    Unfit(#[from] rustls::Error),
}

/// An acceptor from a certificate chain and its key, both PEM files.
///
/// # Errors
/// When the files cannot be read or do not belong together.
pub fn acceptor(certificates: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |cause| TlsError::Unreadable { path, cause }
    };
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(certificates))?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificates.to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // The socket is an HTTP/1.1 upgrade: nothing else is offered.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
