//! One test crate: guards of the house, goldens, hostile bytes, comparisons with other tools, the binary.

mod allocations;
mod arrows;
mod bombs;
mod book;
#[cfg(target_os = "linux")]
mod browse;
#[cfg(unix)]
mod capstone;
#[cfg(target_os = "linux")]
mod class;
mod commands;
mod compare;
mod conversations;
#[cfg(target_os = "linux")]
mod demos;
mod dialogues;
mod differential;
mod fields;
mod goldens;
mod hints;
mod hostile;
mod hostile_talk;
mod http;
#[cfg(unix)]
mod lessons;
#[cfg(target_os = "linux")]
mod live;
mod live_page;
mod long_files;
#[cfg(target_os = "linux")]
mod peers;
#[cfg(target_os = "linux")]
mod ports_list;
#[cfg(target_os = "linux")]
mod ports_open;
#[cfg(target_os = "linux")]
mod ports_system;
#[cfg(target_os = "linux")]
mod ports_watch;
#[cfg(target_os = "linux")]
mod ports_why;
#[cfg(target_os = "linux")]
mod rooms;
mod saved;
#[cfg(target_os = "linux")]
mod sio;
#[cfg(target_os = "linux")]
mod sockets_compare;
#[cfg(target_os = "linux")]
#[cfg(target_os = "linux")]
mod sockets_serve;
#[cfg(unix)]
mod start;
mod support;
mod tls_keys;
mod websocket_talk;
mod wire;
mod ws_frame;
#[cfg(target_os = "linux")]
mod ws_serve;
#[cfg(target_os = "linux")]
mod ws_tap;
#[cfg(target_os = "linux")]
mod ws_trace;
mod ws_versus;
