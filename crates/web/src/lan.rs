//! Opens the pages to a phone in the same home: over TLS, with an authority of this machine's own that can vouch for
//! addresses of home networks only.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;
use nightmend_app::AppError;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::preferences::{hex, write_own};

/// The file of the certificates and their keys, beside the store.
const FILE: &str = "lan.json";
/// Days for which the certificate of an address is made: phones refuse those of more than 825.
const LEAF_DAYS: i32 = 397;
/// It is made anew when fewer days than this are left.
const LEFT: i32 = 30;
/// Years for which the authority is made, so that a phone is asked to trust it once.
const AUTHORITY_YEARS: i16 = 10;

/// What a phone needs to know of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lan {
    /// Where the pages are, e.g. `https://192.168.1.20:8643/`.
    pub url: String,
    /// SHA-256 of the certificate of the address, in pairs of digits.
    pub fingerprint: String,
    /// SHA-256 of the authority.
    pub authority_fingerprint: String,
    /// The authority itself, to be trusted by the phone.
    pub authority: Vec<u8>,
}

/// What is kept in the file.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    authority: String,
    authority_key: String,
    authority_until: String,
    address: IpAddr,
    certificate: String,
    key: String,
    until: String,
}

/// The address of this machine in its network: the one it would use to reach another network. Nothing is sent.
///
/// # Errors
/// A machine without a network.
pub fn own_address() -> Result<IpAddr, AppError> {
    // An address that the standard keeps for examples: no machine has it.
    let probe = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 9));
    let found = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(probe)?;
        socket.local_addr()
    });
    match found {
        Ok(address) if !address.ip().is_loopback() && !address.ip().is_unspecified() => Ok(address.ip()),
        _ => Err(AppError::Usage(
            "this machine seems to be in no network; join one, or name its address: --lan 192.168.1.20"
                .to_owned(),
        )),
    }
}

/// The settings of TLS for an address, and what a phone needs to know. Certificates are made where there are none that
/// serve.
///
/// # Errors
/// An address outside home networks, or a file that cannot be written.
pub(crate) fn prepare(folder: &Path, address: IpAddr, today: Date) -> Result<(ServerConfig, Lan), AppError> {
    if !is_of_a_home(address) {
        return Err(AppError::Usage(format!(
            "{address} is not an address of a home network (10.…, 172.16.… to 172.31.…, 192.168.…, 169.254.…, fd…); nightmend does not open itself to the internet"
        )));
    }
    let path = folder.join(FILE);
    let former: Option<Kept> = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let kept = match former {
        Some(kept)
            if kept.address == address
                && lasts(&kept.until, today)
                && lasts(&kept.authority_until, today) =>
        {
            kept
        }
        former => {
            let made = make(former.filter(|kept| lasts(&kept.authority_until, today)), address, today)
                .map_err(broken)?;
            write_own(&path, &serde_json::to_vec_pretty(&made).expect("certificates are plain values"))?;
            made
        }
    };
    let (certificate, authority) = (bytes(&kept.certificate)?, bytes(&kept.authority)?);
    let key = KeyPair::from_pem(&kept.key).map_err(broken)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(broken)?;
    let chain = vec![CertificateDer::from(certificate.clone()), CertificateDer::from(authority.clone())];
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(broken)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(broken)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let lan = Lan {
        url: String::new(),
        fingerprint: fingerprint(&certificate),
        authority_fingerprint: fingerprint(&authority),
        authority,
    };
    Ok((config, lan))
}

fn broken(error: impl std::fmt::Display) -> AppError {
    AppError::Refused(format!(
        "the certificates could not be made or read ({error}); remove {FILE} beside the store and start again"
    ))
}

fn bytes(text: &str) -> Result<Vec<u8>, AppError> {
    let pair = |at: usize| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..text.len()).step_by(2).map(|at| pair(at).ok_or_else(|| broken("it is damaged"))).collect()
}

fn lasts(until: &str, today: Date) -> bool {
    let until = until.parse::<Date>().ok();
    until.and_then(|until| until.since(today).ok()).is_some_and(|span| span.get_days() > LEFT)
}

/// Whether an address is one that routers of homes give out.
fn is_of_a_home(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

fn make(former: Option<Kept>, address: IpAddr, today: Date) -> Result<Kept, rcgen::Error> {
    let (authority_hex, authority_key, authority_until) = match former {
        Some(kept) => (kept.authority, KeyPair::from_pem(&kept.authority_key)?, kept.authority_until),
        None => {
            let (key, until) = (KeyPair::generate()?, today.saturating_add(AUTHORITY_YEARS.years()));
            (hex(authority(today, until).self_signed(&key)?.der()), key, until.to_string())
        }
    };
    // The name and the key are all that a signature takes from the authority; its dates stand in its own certificate.
    let issuer = Issuer::new(authority(today, today), &authority_key);
    let key = KeyPair::generate()?;
    let until = today.saturating_add(LEAF_DAYS.days());
    let certificate = leaf(address, today, until).signed_by(&key, &issuer)?;
    Ok(Kept {
        authority: authority_hex,
        authority_key: authority_key.serialize_pem(),
        authority_until,
        address,
        certificate: hex(certificate.der()),
        key: key.serialize_pem(),
        until: until.to_string(),
    })
}

/// An authority that can vouch for addresses of home networks and for nothing else: whoever stole its key could not
/// pretend to be any site of the internet.
fn authority(from: Date, until: Date) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "nightmend on your own machine");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let v4 = [([10, 0, 0, 0], 8), ([172, 16, 0, 0], 12), ([192, 168, 0, 0], 16), ([169, 254, 0, 0], 16)];
    let mut homes: Vec<GeneralSubtree> = v4
        .into_iter()
        .map(|(address, prefix)| GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix(address, prefix)))
        .collect();
    let mut unique_local = [0; 16];
    unique_local[0] = 0xfc;
    homes.push(GeneralSubtree::IpAddress(CidrSubnet::from_v6_prefix(unique_local, 7)));
    // Names are only constrained where a subtree of names is given: this one allows none that anybody uses.
    homes.push(GeneralSubtree::DnsName("nightmend.invalid".to_owned()));
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: homes, excluded_subtrees: Vec::new() });
    dated(params, from, until)
}

fn leaf(address: IpAddr, from: Date, until: Date) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "nightmend");
    params.subject_alt_names = vec![SanType::IpAddress(address)];
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    dated(params, from, until)
}

fn dated(mut params: CertificateParams, from: Date, until: Date) -> CertificateParams {
    let date = |date: Date| {
        date_time_ymd(i32::from(date.year()), date.month().unsigned_abs(), date.day().unsigned_abs())
    };
    // A day back: the clock of a phone may lie behind, and a zone may be a day ahead.
    params.not_before = date(from.yesterday().unwrap_or(from));
    params.not_after = date(until);
    params
}

fn fingerprint(der: &[u8]) -> String {
    let digest = hex(&Sha256::digest(der)).to_uppercase();
    digest
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).into_owned())
        .collect::<Vec<_>>()
        .join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_trusts_one_authority_over_moves_and_years() {
        let folder = tempfile::tempdir().unwrap();
        let at = |address: &str, today: &str| {
            prepare(folder.path(), address.parse().unwrap(), today.parse().unwrap()).unwrap().1
        };
        let first = at("192.168.1.20", "2026-03-10");
        assert_eq!(at("192.168.1.20", "2026-03-11"), first, "the same certificates serve again");
        let moved = at("10.0.0.7", "2026-03-12");
        assert_ne!(moved.fingerprint, first.fingerprint);
        assert_eq!(moved.authority_fingerprint, first.authority_fingerprint);
        let later = at("10.0.0.7", "2027-04-12");
        assert_ne!(later.fingerprint, moved.fingerprint, "an old certificate is made anew");
        assert_eq!(later.authority_fingerprint, first.authority_fingerprint);
        assert_eq!(first.fingerprint.len(), 95);
    }

    #[test]
    fn the_internet_is_not_a_home() {
        for home in ["192.168.0.5", "10.1.2.3", "172.20.1.1", "fd00::1"] {
            assert!(is_of_a_home(home.parse().unwrap()), "{home}");
        }
        for outside in ["8.8.8.8", "127.0.0.1", "0.0.0.0", "2001:db8::1"] {
            assert!(!is_of_a_home(outside.parse().unwrap()), "{outside}");
        }
        let folder = tempfile::tempdir().unwrap();
        let refused = prepare(folder.path(), "8.8.8.8".parse().unwrap(), jiff::civil::date(2026, 3, 10));
        assert!(refused.unwrap_err().to_string().contains("not an address of a home network"));
    }
}
