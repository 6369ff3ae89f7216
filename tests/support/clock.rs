//! A clock that a test sets, under a real process: a library before the system's own adds so many seconds to what it tells.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// `clock_gettime` of the wall's clock, set by the number in the file that `TEST_CLOCK` names.
const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t id, struct timespec *told) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = next(id, told);
    const char *name = getenv("TEST_CLOCK");
    FILE *file = !failed && id == CLOCK_REALTIME && name ? fopen(name, "r") : NULL;
    long by = 0;
    if (file) {
        if (fscanf(file, "%ld", &by) == 1) told->tv_sec += by;
        fclose(file);
    }
    return failed;
}
"#;

/// The library, and the file that says what the clock shows.
pub struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// Builds it in a folder; it is right at first.
    pub fn right(folder: &Path) -> Clock {
        let (source, library, file) = (folder.join("clock.c"), folder.join("clock.so"), folder.join("clock"));
        std::fs::write(&source, LIBRARY).unwrap();
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status().unwrap();
        assert!(built.success());
        let clock = Clock { library, file };
        clock.set(0);
        clock
    }

    /// From now on it is off by so many seconds.
    pub fn set(&self, seconds: i64) {
        let new = self.file.with_extension("new");
        std::fs::write(&new, seconds.to_string()).unwrap();
        std::fs::rename(new, &self.file).unwrap();
    }

    /// What a process lives by that is started with this.
    pub fn rule(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("TEST_CLOCK", &self.file);
    }
}
