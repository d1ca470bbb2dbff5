//! A private Prosody, with or without the real mod_rest in it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::process::Process;
use crate::program::{DOMAIN, SECRET, folder, free_address};

/// The component that the load comes from and goes to.
pub(crate) const LOAD: &str = "ext.example.org";

/// A running server; it ends with this value.
pub(crate) struct Prosody {
    pub(crate) process: Process,
    /// For components.
    pub(crate) components: SocketAddr,
    /// For HTTP, where mod_rest is.
    pub(crate) http: SocketAddr,
    folder: PathBuf,
}

impl Prosody {
    /// With the modules of that folder (open to all: it has no login that it would have to look up, the fastest it can do), mod_rest for the component and a webhook of it; or the component for others.
    pub(crate) fn start(rest: Option<(&Path, SocketAddr)>) -> Outcome<Self> {
        let (components, http, folder) = (free_address()?, free_address()?, folder()?);
        fs::create_dir_all(folder.join("data"))?;
        let (plugins, component) = match rest {
            None => (String::new(), format!("Component \"{DOMAIN}\"\n  component_secret = \"{SECRET}\"\n")),
            Some((modules, hook)) => (
                format!("plugin_paths = {{ \"{}\" }}\n", modules.display()),
                format!(
                    "Component \"{DOMAIN}\" \"rest\"\n  component_secret = \"{SECRET}\"\n  \
                     rest_callback_url = \"http://{hook}/\"\n  rest_callback_content_type = \"application/json\"\n  \
                     authentication = \"anonymous\"\n  anonymous_rest = true\n"
                ),
            ),
        };
        let (path, port, http_port) = (folder.display(), components.port(), http.port());
        let http_module = if rest.is_some() { "\"http\"" } else { "" };
        let file = folder.join("prosody.cfg.lua");
        fs::write(
            &file,
            format!(
                "daemonize = false\nrun_as_root = true\npidfile = \"{path}/prosody.pid\"\ndata_path = \"{path}/data\"\n\
                 log = {{ {{ levels = {{ min = \"warn\" }}, to = \"console\" }} }}\n\
                 interfaces = {{ \"127.0.0.1\" }}\nlocal_interfaces = {{ \"127.0.0.1\" }}\n\
                 component_ports = {{ {port} }}\ncomponent_interfaces = {{ \"127.0.0.1\" }}\n\
                 http_ports = {{ {http_port} }}\nhttp_interfaces = {{ \"127.0.0.1\" }}\nhttps_ports = {{ }}\n\
                 c2s_ports = {{ }}\nc2s_direct_tls_ports = {{ }}\nlimits = {{ }}\nstorage = \"internal\"\n\
                 modules_enabled = {{ {http_module} }}\n\
                 modules_disabled = {{ \"s2s\", \"tls\", \"offline\", \"c2s\", \"admin_shell\" }}\n{plugins}\
                 VirtualHost \"example.org\"\nComponent \"{LOAD}\"\n  component_secret = \"{SECRET}\"\n{component}"
            ),
        )?;
        let process = Process::start(Path::new("prosody"), &["-F", "--config", &file.to_string_lossy()])?;
        Ok(Self { process, components, http, folder })
    }
}

impl Drop for Prosody {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.folder);
    }
}
