fn main() {
    let s = gluedeck::sandbox::Sandbox::start(&gluedeck::sandbox::Options { port: 4566, dir: Some("/tmp/sbx".into()), ..Default::default() }).unwrap();
    println!("ready {}", s.url());
    std::thread::sleep(std::time::Duration::from_secs(3600));
}
