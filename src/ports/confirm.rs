//! A port number is a guess at the service; the program that holds it may confirm the guess.

/// Programs of which it is known what they speak. The kernel keeps 15 bytes of a name.
const PROGRAMS: &[(&[&str], &[&str])] = &[
    (&["ssh"], &["sshd", "sshd-session", "ssh", "dropbear"]),
    // Servers and their clients: whoever calls from curl speaks HTTP.
    (
        &["http", "https", "http-alt", "https-alt"],
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
        &["domain", "domain-s"],
        &["named", "dnsmasq", "unbound", "systemd-resolve", "coredns", "pihole-FTL", "pdns_server", "knotd"],
    ),
    (&["postgresql"], &["postgres", "postmaster", "psql"]),
    (&["mysql"], &["mysqld", "mariadbd", "mysql", "mariadb"]),
    (&["redis"], &["redis-server", "redis-cli", "valkey-server"]),
    (&["mongodb"], &["mongod", "mongo", "mongosh"]),
    (&["memcache"], &["memcached"]),
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
    (&["sunrpc"], &["rpcbind"]),
    (&["microsoft-ds", "netbios-ssn"], &["smbd"]),
    (&["ms-wbt-server"], &["xrdp"]),
    (&["git"], &["git", "git-daemon"]),
    (&["rsync"], &["rsync"]),
    (&["rfb"], &["Xvnc", "Xtigervnc", "x11vnc"]),
    (&["x11"], &["Xorg", "Xwayland"]),
    (&["squid"], &["squid"]),
    (&["docker", "docker-s"], &["dockerd"]),
    (&["etcd-client", "etcd-server"], &["etcd"]),
    (&["kubelet"], &["kubelet"]),
    (&["prometheus"], &["prometheus"]),
    (&["influxdb"], &["influxd"]),
    (&["vault"], &["vault"]),
    (&["ollama"], &["ollama"]),
    (&["syncthing"], &["syncthing"]),
    (&["transmission"], &["transmission-da", "transmission-gt"]),
    (&["tor-socks", "tor-orport"], &["tor"]),
    (&["bgp"], &["bird", "bgpd"]),
    (&["ldap", "ldaps"], &["slapd"]),
    (&["kerberos"], &["krb5kdc"]),
    (&["sip", "sips"], &["asterisk"]),
    (&["xmpp-client", "xmpp-server"], &["prosody", "ejabberd"]),
    (&["openvpn"], &["openvpn"]),
    (&["snmp"], &["snmpd"]),
    (&["syslog", "syslog-tls"], &["rsyslogd", "syslog-ng"]),
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
    fn every_service_is_in_the_list_of_names() {
        let known: Vec<&str> = crate::ports::services::names().collect();
        for service in super::PROGRAMS.iter().flat_map(|(services, _)| *services) {
            assert!(known.contains(service), "{service}");
        }
    }

    #[test]
    fn names_fit_what_the_kernel_keeps() {
        assert!(super::PROGRAMS.iter().flat_map(|(_, programs)| *programs).all(|name| name.len() <= 15));
    }
}
