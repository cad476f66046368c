//! The main job needs no network, and opens no connection even where there is one.
#![cfg(target_os = "linux")]

use std::process::Command;

use st_e2e::{Cli, Run, fixture, text, transcribe_args};

/// The command line behind another program that watches or confines it.
fn behind(cli: &Cli, program: &str, before: &[&str]) -> Command {
    let mut args = transcribe_args(&fixture("speech_en.flac"));
    args.extend(["--format", "json", "--progress", "none"].map(Into::into));
    let inner = cli.command(&args);
    let mut outer = Command::new(program);
    outer.args(before).arg(inner.get_program()).args(inner.get_args());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer
}

fn works(program: &str, args: &[&str]) -> bool {
    Command::new(program).args(args).arg("true").output().is_ok_and(|o| o.status.success())
}

#[test]
fn without_a_network_the_main_job_works() {
    // With a user of its own where this one may not take the network away.
    let Some(way) = [&["-n"][..], &["-r", "-n"]].into_iter().find(|way| works("unshare", way)) else {
        eprintln!("skipped: unshare -n is not permitted here");
        return;
    };
    let cli = Cli::new();
    let run: Run = behind(&cli, "unshare", way).output().expect("it starts").into();
    assert!(text(&run.ok().json()).to_lowercase().contains("ask not"));
}

#[test]
fn no_socket_but_local_ones_is_opened() {
    if !works("strace", &["-f", "-o", "/dev/null"]) {
        eprintln!("skipped: strace is not there or not permitted here");
        return;
    }
    let cli = Cli::new();
    let log = cli.scratch().join("strace");
    let trace = ["-f", "-qq", "-e", "trace=network,execve", "-o"];
    let before: Vec<&str> = trace.into_iter().chain(log.to_str()).collect();
    let run: Run = behind(&cli, "strace", &before).output().expect("it starts").into();
    run.ok();
    let calls = std::fs::read_to_string(&log).unwrap();
    assert!(calls.contains("securetranscribe-worker"), "the worker was not watched");
    for call in calls.lines() {
        let opens = call.contains("socket(") && !call.contains("AF_UNIX") && !call.contains("AF_NETLINK");
        assert!(!opens && !call.contains("AF_INET"), "{call}");
    }
}
