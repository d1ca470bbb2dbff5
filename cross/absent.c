// What the standard library names, and a static program in which nothing unwinds has no use for. Linked instead of the
// libraries that have more of it, and more behind it.
#include <errno.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// A trace of the stack would need tables that are not there: it has no frames.
int _Unwind_Backtrace(void *step, void *data) {
    (void)step, (void)data;
    return 5; // the end of the stack
}

unsigned long _Unwind_GetIP(void *context) {
    (void)context;
    return 0;
}

// The same on ARM, where it reads a register.
int _Unwind_VRS_Get(void *context, int kind, unsigned number, int type, void *value) {
    (void)context, (void)kind, (void)number, (void)type, (void)value;
    return 1; // there is none
}

// musl's names other threads, too, and finds the file for that with printf, which nothing else here has use for. The
// standard library only names the thread that calls.
int pthread_setname_np(pthread_t thread, const char *name) {
    (void)thread;
    return prctl(PR_SET_NAME, name) == 0 ? 0 : errno;
}

#ifdef __mips__
// musl has these two in assembler that expects its own address in $25, as only code that can be anywhere gives it; and
// says so in no flag, so that the linker cannot mend the call. A static program finds no symbol by its name.
void *dlsym(void *library, const char *name) {
    (void)library, (void)name;
    return 0;
}

int pipe(int ends[2]) {
    return syscall(SYS_pipe2, ends, 0);
}
#endif
