/* capture.h - frames from files, pipes and interfaces
 *
 * The only part that knows libpcap. Several files and directories are one capture, ordered by the
 * time of their first packet; compressed ones are recognised by their first bytes. A frame's bytes
 * are valid until the next call. Not shared between threads.
 */
#ifndef CAPTURE_H
#define CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct capture;

struct capture_options {
    const char *const *inputs; /**< files, directories, "-" for standard input; NULL with interface */
    size_t input_count;
    const char *interface;     /**< live: its name, or "any"; NULL for files */
    const char *filter;        /**< BPF expression or NULL */
    uint64_t max_frames;       /**< stop after so many frames (after the filter); 0: no limit */
    int snaplen;               /**< live; 0: 262144 */
    int buffer_kib;            /**< live; 0: libpcap's default */
    bool promiscuous;          /**< live */
    const char *drop_user;     /**< become this user after opening and before the first packet is read; NULL: stay */
    bool (*link_type_supported)(int link_type); /**< inputs, and interfaces in them, that it refuses are reported and
                                                     left out; NULL: any */
    bool idle_on_pipes;        /**< a quiet pipe gives CAPTURE_IDLE as a quiet interface does; else it is waited for */
    bool decompress_ahead;     /**< large compressed files on a thread of their own */
    bool immediate;            /**< live: each packet at once, and not after at most 100 ms */
};

struct capture_frame {
    const uint8_t *data;
    uint32_t caplen, wirelen;
    int link_type;   /**< DLT_ value of the interface it came from; may change from frame to frame */
    uint64_t ts_ns;  /**< nanoseconds since the Unix epoch */
    uint64_t number; /**< in the whole capture, from 1; counted before the filter, as Wireshark does with one file */
};

enum capture_status {
    CAPTURE_FRAME,   /**< a frame */
    CAPTURE_IDLE,    /**< live (or idle_on_pipes): nothing for a while; call again */
    CAPTURE_END,     /**< all inputs read, the limit reached, or stopped */
};

/** What is to be said at the end about each input. */
struct capture_input_report {
    const char *name;
    const char *format;    /**< "pcap", "pcapng", with ".gz" etc.; "live" */
    int link_type;
    uint64_t frames;       /**< read from it, before the filter */
    uint64_t bytes;        /**< size of the file as stored; 0 if unknown */
    unsigned names;        /**< how often the file was named, by itself, in a directory or by a link: it is read once */
    bool opened;
    bool damaged;          /**< truncated or corrupt: what came before was delivered (or an interface was left
                                out); with opened false: no readable capture at all (exit 3), else it
                                could not be opened (exit 4) */
    char message[512];     /**< of an error or damage: names file, record number and offset; "" if none */
};

struct capture_stats {
    uint64_t frames_read;      /**< before the filter; up to some dozens more than were handed out yet */
    uint64_t frames_delivered; /**< after it */
    bool has_drops;            /**< live: the counters below are known */
    uint64_t received, dropped_kernel, dropped_interface; /**< 64-bit, wrap-corrected */
    uint64_t bytes_total;      /**< of all input files; 0 if unknown (a pipe) */
    uint64_t bytes_read;       /**< so far, of the files as stored: for progress */
};

/** Exit-code classes of a failed capture_open(). */
enum capture_error {
    CAPTURE_OK,
    CAPTURE_ERROR_USAGE,  /**< the filter does not compile: exit 2 */
    CAPTURE_ERROR_DAMAGED,/**< no input was a readable capture (empty, no capture, unsupported): exit 3 */
    CAPTURE_ERROR_OPEN    /**< missing file, no permission, no such interface: exit 4 */
};

/**
 * capture_open() - Open everything that was named
 * Inputs that cannot be opened are reported in their capture_input_report and on @message; the
 * call fails only if none is left (or the filter is wrong, or privileges cannot be dropped).
 */
struct capture *capture_open(const struct capture_options *options, enum capture_error *error,
                             char *message, size_t message_size);
enum capture_status capture_next(struct capture *capture, struct capture_frame *frame);
/**
 * capture_next_run() - The next frames of one link type, all that can be had at once
 * @frames: Valid until the next call.
 * @count:  How many: at least one with CAPTURE_FRAME, else none.
 */
enum capture_status capture_next_run(struct capture *capture, const struct capture_frame **frames,
                                     unsigned *count);
/**
 * capture_stop() - Make capture_next() return CAPTURE_END soon. Async-signal-safe.
 * capture_open() itself may wait for the first bytes of a pipe: leave SIGINT its default until then.
 */
void capture_stop(struct capture *capture);
void capture_get_stats(struct capture *capture, struct capture_stats *stats);
/** capture_report() - The i-th input; NULL past the last. Valid until capture_close(). */
const struct capture_input_report *capture_report(const struct capture *capture, size_t index);
bool capture_is_live(const struct capture *capture);
void capture_close(struct capture *capture);

/** capture_list_interfaces() - For -D: one line each to @out. Return: false with @message on failure. */
bool capture_list_interfaces(FILE *out, char *message, size_t message_size);

/** capture_link_type_name() - "EN10MB", ... or NULL. */
const char *capture_link_type_name(int link_type);

#endif
