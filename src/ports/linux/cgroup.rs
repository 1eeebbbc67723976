//! The control group of a process tells who started it: the systemd unit and the container are written in its path.
//! Not here: asking docker or podman; nothing is contacted.

use std::io::Read;
use std::path::Path;

/// Where docker keeps what a container is called; only root may look.
const DOCKER: &str = "/var/lib/docker/containers";
/// Bytes of that file that are read at most.
const MOST: u64 = 256 << 10;
/// Characters of a container's number that people quote.
const SHORT: usize = 12;

/// What a control group says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// "nginx.service"
    pub unit: Option<String>,
    /// "docker web", "kubernetes 0123456789ab"
    pub container: Option<String>,
}

/// Reads the lines of `/proc/PID/cgroup`: `0::/system.slice/nginx.service`, or one for each controller (version 1).
pub fn read(lines: &[u8]) -> Group {
    let mut group = Group::default();
    for line in String::from_utf8_lossy(lines).lines() {
        let Some(path) = line.splitn(3, ':').nth(2) else { continue };
        let container = container(path);
        if group.container.is_none() {
            group.container = container.map(|(runtime, id)| named(runtime, id));
        }
        if group.unit.is_none() {
            group.unit = unit(path).map(str::to_owned);
        }
    }
    group
}

fn named(runtime: &str, id: &str) -> String {
    let name = if runtime == "docker" { docker_name(&Path::new(DOCKER).join(id)) } else { None };
    match name {
        Some(name) => format!("{runtime} {name}"),
        None if is_number(id) => format!("{runtime} {}", id.get(..SHORT).unwrap_or(id)),
        None => format!("{runtime} {id}"),
    }
}

/// The innermost service or scope that is not a container's own.
fn unit(path: &str) -> Option<&str> {
    path.rsplit('/').find(|part| {
        let unit = [".service", ".scope"].iter().any(|end| part.ends_with(end));
        unit && !part.contains(':') && of_part(part, "").is_none()
    })
}

/// The innermost container: which program runs it, and its number or name.
fn container(path: &str) -> Option<(&'static str, &str)> {
    let (runtime, id) =
        path.rsplit('/').zip(path.rsplit('/').skip(1).chain([""])).find_map(|(part, parent)| of_part(part, parent))?;
    Some(if path.contains("kubepods") { ("kubernetes", id) } else { (runtime, id) })
}

fn of_part<'a>(part: &'a str, parent: &str) -> Option<(&'static str, &'a str)> {
    let bare = part.strip_suffix(".scope").unwrap_or(part);
    for (prefix, runtime) in
        [("docker-", "docker"), ("libpod-", "podman"), ("cri-containerd-", "containerd"), ("crio-", "cri-o")]
    {
        if let Some(id) = bare.strip_prefix(prefix).filter(|id| is_number(id)) {
            return Some((runtime, id));
        }
    }
    for (prefix, runtime) in [("lxc.payload.", "lxc"), ("machine-", "machine")] {
        if let Some(name) = bare.strip_prefix(prefix).filter(|n| !n.is_empty()) {
            return Some((runtime, name));
        }
    }
    // `kubepods-…-pod….slice:cri-containerd:NUMBER`
    let last = bare.rsplit(':').next().unwrap_or(bare);
    match parent {
        "lxc" if !part.is_empty() => Some(("lxc", part)),
        _ if !is_number(last) => None,
        "docker" => Some(("docker", last)),
        "libpod_parent" => Some(("podman", last)),
        _ if bare.contains("containerd") => Some(("containerd", last)),
        _ => Some(("container", last)),
    }
}

/// 64 hexadecimal digits, as every runtime makes them.
fn is_number(id: &str) -> bool {
    id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Docker writes `"Name":"/web"` into a file of its own.
fn docker_name(folder: &Path) -> Option<String> {
    let file = std::fs::File::open(folder.join("config.v2.json")).ok()?;
    let mut text = Vec::new();
    file.take(MOST).read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    let (_, after) = text.split_once("\"Name\":\"/")?;
    let (name, _) = after.split_once('"')?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (!name.is_empty() && name.len() <= 128 && name.chars().all(allowed)).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn of(path: &str) -> (Option<String>, Option<String>) {
        let group = read(format!("0::{path}\n").as_bytes());
        (group.unit, group.container)
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn the_innermost_unit_is_named() {
        assert_eq!(of("/system.slice/nginx.service"), (some("nginx.service"), None));
        assert_eq!(of("/user.slice/user-1000.slice/user@1000.service/app.slice/app-x.scope").0, some("app-x.scope"));
        assert_eq!(of("/user.slice/user-1000.slice/session-3.scope").0, some("session-3.scope"));
        assert_eq!(of("/"), (None, None));
    }

    #[test]
    fn every_runtime_writes_its_containers_in_its_own_way() {
        let short = &ID[..12];
        let expect =
            |path: String, runtime: &str| assert_eq!(of(&path), (None, Some(format!("{runtime} {short}"))), "{path}");
        expect(format!("/docker/{ID}"), "docker");
        expect(format!("/system.slice/docker-{ID}.scope"), "docker");
        expect(format!("/machine.slice/libpod-{ID}.scope"), "podman");
        expect(format!("/libpod_parent/{ID}"), "podman");
        expect(format!("/system.slice/cri-containerd-{ID}.scope"), "containerd");
        expect(format!("/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope"), "kubernetes");
        expect(format!("/kubepods/besteffort/pod12/{ID}"), "kubernetes");
        expect(format!("/kubepods-besteffort-pod1.slice:cri-containerd:{ID}"), "kubernetes");
        assert_eq!(of("/lxc.payload.web/init.scope").1, some("lxc web"));
        assert_eq!(of("/lxc/web").1, some("lxc web"));
        assert_eq!(of("/machine.slice/machine-box.scope").1, some("machine box"));
    }

    #[test]
    fn the_process_that_watches_a_container_is_not_in_it() {
        assert_eq!(of(&format!("/machine.slice/libpod-conmon-{ID}.scope")).1, None);
    }

    #[test]
    fn version_one_says_it_once_for_each_controller() {
        let lines = format!("12:cpu:/docker/{ID}\n1:name=systemd:/system.slice/docker.service\n");
        let group = read(lines.as_bytes());
        assert_eq!(group.unit, some("docker.service"));
        assert_eq!(group.container, Some(format!("docker {}", &ID[..12])));
    }

    #[test]
    fn hostile_lines_say_nothing() {
        for lines in [&b""[..], b"\n\n", b"0:", b"0::", b"::::::", b"\xff\xfe", b"0::/docker/\xff", b"0:://///"] {
            assert_eq!(read(lines), Group::default());
        }
    }

    #[test]
    fn a_container_of_docker_has_a_name_where_root_asks() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |text: &str| std::fs::write(folder.path().join("config.v2.json"), text).expect("a file");
        write(r#"{"ID":"0123","Name":"/web-1","Driver":"overlay2"}"#);
        assert_eq!(docker_name(folder.path()), some("web-1"));
        write("{\"Name\":\"/\u{1b}[2J\"}");
        assert_eq!(docker_name(folder.path()), None);
    }
}
