//! A port number is a guess at the service; the program that holds it may confirm the guess.

/// Programs of which it is known what they speak. The kernel keeps 15 bytes of a name.
const PROGRAMS: &[(&[&str], &[&str])] = &[
    (&["ssh"], &["sshd", "sshd-session", "ssh", "dropbear"]),
    // Servers and their clients: whoever calls from curl speaks HTTP.
    (
        &["http", "https", "http-alt", "http-proxy"],
        &[
            "nginx",
            "apache2",
            "httpd",
            "caddy",
            "lighttpd",
            "haproxy",
            "traefik",
            "envoy",
            "curl",
            "wget",
            "firefox",
            "firefox-esr",
            "chrome",
            "chromium",
            "chromium-browse",
        ],
    ),
    (
        &["domain", "dns", "domain-s"],
        &["named", "dnsmasq", "unbound", "systemd-resolve", "coredns", "pihole-FTL", "pdns_server", "knotd"],
    ),
    (&["postgresql", "postgres"], &["postgres", "postmaster", "psql"]),
    (&["mysql"], &["mysqld", "mariadbd", "mysql", "mariadb"]),
    (&["redis"], &["redis-server", "redis-cli", "valkey-server"]),
    (&["mongodb", "mongod"], &["mongod", "mongo", "mongosh"]),
    (&["memcache", "memcached"], &["memcached"]),
    (&["ntp"], &["ntpd", "chronyd", "systemd-timesyn", "openntpd"]),
    (&["ipp"], &["cupsd", "cups-browsed"]),
    (&["mdns"], &["avahi-daemon", "systemd-resolve", "mDNSResponder"]),
    (&["llmnr"], &["systemd-resolve"]),
    (&["bootpc", "dhcpv6-client"], &["dhclient", "dhcpcd", "NetworkManager", "systemd-network", "udhcpc"]),
    (&["bootps", "dhcpv6-server"], &["dhcpd", "dnsmasq", "kea-dhcp4", "systemd-network"]),
    // Postfix' process is called "master".
    (&["smtp", "submission", "submissions"], &["master", "exim4", "exim", "sendmail", "smtpd", "opensmtpd"]),
    (&["imap", "imaps", "pop3", "pop3s"], &["dovecot", "imap-login", "pop3-login"]),
    (&["ftp"], &["vsftpd", "proftpd", "pure-ftpd", "ftp", "lftp"]),
    (&["mqtt", "secure-mqtt"], &["mosquitto", "mosquitto_sub", "mosquitto_pub", "emqx"]),
    (&["sunrpc", "rpcbind"], &["rpcbind"]),
    (&["microsoft-ds", "netbios-ssn"], &["smbd"]),
    (&["rdp", "ms-wbt-server"], &["xrdp"]),
    (&["git"], &["git", "git-daemon"]),
    (&["rsync"], &["rsync"]),
    (&["snmp"], &["snmpd"]),
    (&["syslog"], &["rsyslogd", "syslog-ng"]),
];

/// Whether a program of this name speaks this service for certain.
pub fn confirms(service: &str, program: &[u8]) -> bool {
    let named = |(services, _): &&(&[&str], &[&str])| services.contains(&service);
    PROGRAMS.iter().filter(named).any(|(_, programs)| programs.iter().any(|p| p.as_bytes() == program))
}

#[cfg(test)]
mod tests {
    use super::confirms;

    #[test]
    fn a_program_confirms_only_what_it_is_known_for() {
        assert!(confirms("ssh", b"sshd") && confirms("https", b"nginx"));
        assert!(!confirms("ssh", b"nc") && !confirms("ssh", b"nginx") && !confirms("http", b"node"));
    }

    #[test]
    fn names_fit_what_the_kernel_keeps() {
        assert!(super::PROGRAMS.iter().flat_map(|(_, programs)| *programs).all(|name| name.len() <= 15));
    }
}
