// SPDX-License-Identifier: GPL-3.0-or-later
// hub.c — see hub.h.
//
// Versions. Every change that is published gets the next number of one counter. A viewer remembers
// the number of what it was sent last. A job remembers its number and the one before: a viewer that
// has the one before is sent the shared change, every other the whole snapshot. The jobs of a user
// hang in a list in the order of their numbers, so what a viewer of all jobs has missed is the end
// of that list; and what one tick published of all of them is one shared message too.
#include "server/hub.h"

#include <assert.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "job/object_key.h"

enum {
    BUCKETS = 1024,
    MAX_BATCH = 256 * 1024, // of what one tick says of all jobs of a user
    PIECE = 32 * 1024,      // of what a viewer has missed, in one message
    EVENT_HEAD = 64,        // "id: …\ndata: " and the end
};

static const char synced_line[] = "{\"synced\":true}";

struct watched_user {
    struct watched_user *same_bucket;
    char name[USER_NAME_MAX + 1];
    struct viewer *viewers; // of all jobs
    int viewer_count;       // of all and of single jobs
    struct topic *oldest, *newest;
    uint64_t version, before; // as of the last tick with news, and of the one before
    struct message *batch;    // from `before` to `version`; NULL when it was too much
    struct buffer text;       // of the batch while it is made
    struct watched_user *next_touched;
    bool touched;
};

struct topic {
    struct topic *same_bucket;
    struct topic *older, *newer; // of the same user, by version
    struct topic *next_news;
    struct topic *next_ended;
    struct watched_user *user;
    struct viewer *viewers; // of this job
    int viewer_count;
    bool has_news;
    bool is_fresh; // never published
    int64_t ended_ns;
    uint64_t version, before;
    struct message *whole[VIEWER_FORM_COUNT];  // NULL: not rendered yet
    struct message *change[VIEWER_FORM_COUNT]; // from `before` to `version`
    struct job_snapshot now;
    struct job_snapshot shown; // what those know who are up to date
};

struct hub {
    struct hub_limits limits;
    struct hub_stats stats;
    uint64_t version;
    struct topic *topics[BUCKETS];
    struct watched_user *users[BUCKETS];
    struct topic *news, **news_end;
    struct topic *ended, **ended_end; // in the order of their ends
    struct buffer scratch;
};

struct hub *hub_new(const struct hub_limits *limits)
{
    struct hub *hub = mem_new(struct hub);
    hub->limits = *limits;
    hub->news_end = &hub->news;
    hub->ended_end = &hub->ended;
    buffer_init(&hub->scratch, MAX_BATCH);
    return hub;
}

// FNV-1a.
static unsigned bucket_of(const char *name)
{
    uint32_t hash = 2166136261U;
    for (const unsigned char *p = (const unsigned char *)name; *p; p++)
        hash = (hash ^ *p) * 16777619U;
    return hash % BUCKETS;
}

// ---- users ----

static struct watched_user *find_user(const struct hub *hub, const char *name)
{
    struct watched_user *u = hub->users[bucket_of(name)];
    while (u && strcmp(u->name, name) != 0)
        u = u->same_bucket;
    return u;
}

static struct watched_user *need_user(struct hub *hub, const char *name)
{
    struct watched_user *u = find_user(hub, name);
    if (u)
        return u;
    u = mem_new(struct watched_user);
    bool whole = text_copy(u->name, sizeof(u->name), name);
    assert(whole); // checked where names come in
    buffer_init(&u->text, MAX_BATCH);
    struct watched_user **bucket = &hub->users[bucket_of(name)];
    u->same_bucket = *bucket;
    *bucket = u;
    return u;
}

static void free_user_without_use(struct hub *hub, struct watched_user *u)
{
    if (u->oldest || u->viewer_count > 0 || u->touched)
        return;
    struct watched_user **at = &hub->users[bucket_of(u->name)];
    while (*at != u)
        at = &(*at)->same_bucket;
    *at = u->same_bucket;
    message_unref(u->batch);
    buffer_done(&u->text);
    free(u);
}

// ---- jobs ----

static struct topic *find_topic(const struct hub *hub, const char *user, const char *job)
{
    struct topic *t = hub->topics[bucket_of(job)];
    while (t && (strcmp(t->now.job, job) != 0 || strcmp(t->user->name, user) != 0))
        t = t->same_bucket;
    return t;
}

static void unlink_from_user(struct topic *t)
{
    *(t->older ? &t->older->newer : &t->user->oldest) = t->newer;
    *(t->newer ? &t->newer->older : &t->user->newest) = t->older;
}

// The topic is its user's newest from now on.
static void link_as_newest(struct hub *hub, struct topic *t)
{
    t->version = ++hub->version;
    t->older = t->user->newest;
    t->newer = NULL;
    *(t->older ? &t->older->newer : &t->user->oldest) = t;
    t->user->newest = t;
}

static void forget_rendered(struct topic *t)
{
    for (int form = 0; form < VIEWER_FORM_COUNT; form++) {
        message_unref(t->whole[form]);
        message_unref(t->change[form]);
        t->whole[form] = t->change[form] = NULL;
    }
}

static struct topic *new_topic(struct hub *hub, const char *user, const char *job)
{
    struct topic *t = mem_new(struct topic);
    struct topic **bucket = &hub->topics[bucket_of(job)];
    t->same_bucket = *bucket;
    *bucket = t;
    t->user = need_user(hub, user);
    t->is_fresh = true;
    link_as_newest(hub, t);
    hub->stats.jobs++;
    return t;
}

static void free_topic(struct hub *hub, struct topic *t)
{
    assert(!t->viewers && !t->has_news);
    struct topic **at = &hub->topics[bucket_of(t->now.job)];
    while (*at != t)
        at = &(*at)->same_bucket;
    *at = t->same_bucket;
    unlink_from_user(t);
    forget_rendered(t);
    free_user_without_use(hub, t->user);
    hub->stats.jobs--;
    free(t);
}

void hub_update(struct hub *hub, const char *user, const struct job_snapshot *snapshot,
                int64_t now_ns)
{
    struct topic *t = find_topic(hub, user, snapshot->job);
    if (!t)
        t = new_topic(hub, user, snapshot->job);
    else if (snapshot->seq <= t->now.seq)
        return;
    bool had_ended = t->ended_ns != 0;
    t->now = *snapshot;
    if (job_state_terminal(snapshot->state) && !had_ended) {
        t->ended_ns = now_ns;
        t->next_ended = NULL;
        *hub->ended_end = t;
        hub->ended_end = &t->next_ended;
    }
    if (t->has_news)
        return;
    t->has_news = true;
    t->next_news = NULL;
    *hub->news_end = t;
    hub->news_end = &t->next_news;
}

const struct job_snapshot *hub_find(const struct hub *hub, const char *user, const char *job)
{
    const struct topic *t = find_topic(hub, user, job);
    return t ? &t->now : NULL;
}

bool hub_has_news(const struct hub *hub)
{
    return hub->news != NULL;
}

// ---- rendering ----

static struct message *dress(struct hub *hub, enum viewer_form form, const char *line, size_t n,
                             uint64_t seq)
{
    hub->stats.rendered++;
    if (form == VIEWER_LINES)
        return message_new(line, n);
    struct buffer event BUFFER_AUTO;
    buffer_init(&event, n + EVENT_HEAD);
    buffer_printf(&event, "id: %llu\ndata: ", (unsigned long long)seq);
    buffer_append(&event, line, n);
    buffer_text(&event, "\n\n");
    return message_new(event.data, event.size);
}

static struct message *whole_of(struct hub *hub, struct topic *t, enum viewer_form form)
{
    if (!t->whole[form]) {
        buffer_clear(&hub->scratch);
        snapshot_json_full(&t->now, &hub->scratch);
        t->whole[form] = dress(hub, form, hub->scratch.data, hub->scratch.size, t->now.seq);
    }
    return t->whole[form];
}

static void render_change(struct hub *hub, struct topic *t)
{
    if (t->is_fresh || snapshot_json_needs_full(&t->shown, &t->now)) {
        t->shown = t->now;
        t->change[VIEWER_LINES] = message_ref(whole_of(hub, t, VIEWER_LINES));
        return;
    }
    buffer_clear(&hub->scratch);
    (void)snapshot_json_short(&t->shown, &t->now, &hub->scratch);
    t->change[VIEWER_LINES] = dress(hub, VIEWER_LINES, hub->scratch.data, hub->scratch.size,
                                    t->now.seq);
}

static struct message *change_of(struct hub *hub, struct topic *t, enum viewer_form form)
{
    struct message *line = t->change[VIEWER_LINES];
    if (line && !t->change[form])
        t->change[form] = dress(hub, form, message_bytes(line), line->size, t->now.seq);
    return t->change[form];
}

// ---- ticks ----

static void wake(struct viewer *v)
{
    if (v->is_waiting)
        return;
    v->is_waiting = true;
    v->wake(v);
}

static void wake_all(struct viewer *first)
{
    for (struct viewer *v = first, *next; v; v = next) {
        next = v->next;
        wake(v);
    }
}

// Adds the topic's change to what this tick says of all jobs of its user.
static void add_to_batch(struct topic *t, struct watched_user **touched)
{
    struct watched_user *u = t->user;
    if (!u->touched) {
        u->touched = true;
        u->next_touched = *touched;
        *touched = u;
        u->before = u->version;
        buffer_clear(&u->text);
    }
    u->version = t->version;
    struct message *change = t->change[VIEWER_LINES];
    if (!u->viewers || !change)
        return;
    if (u->text.size > 0)
        buffer_text(&u->text, "\n");
    buffer_append(&u->text, message_bytes(change), change->size);
}

static void publish(struct hub *hub, struct topic *t, struct watched_user **touched)
{
    t->has_news = false;
    forget_rendered(t);
    t->before = t->version;
    unlink_from_user(t);
    link_as_newest(hub, t);
    if (t->viewers || t->user->viewers)
        render_change(hub, t);
    else
        t->shown = t->now;
    t->is_fresh = false;
    add_to_batch(t, touched);
    wake_all(t->viewers);
}

static void publish_batch(struct watched_user *u)
{
    message_unref(u->batch);
    bool fits = u->text.size > 0 && !u->text.overflow;
    u->batch = fits ? message_new(u->text.data, u->text.size) : NULL;
    wake_all(u->viewers);
    u->touched = false;
}

// Those that ended long ago, and that nobody looks at, are in the database alone from now on.
static void forget_ended(struct hub *hub, int64_t now_ns)
{
    while (hub->ended && now_ns - hub->ended->ended_ns > HUB_LINGER_NS) {
        struct topic *t = hub->ended;
        hub->ended = t->next_ended;
        if (!hub->ended)
            hub->ended_end = &hub->ended;
        if (!t->viewers && !t->has_news) {
            free_topic(hub, t);
            continue;
        }
        t->ended_ns = now_ns;
        t->next_ended = NULL;
        *hub->ended_end = t;
        hub->ended_end = &t->next_ended;
    }
}

void hub_tick(struct hub *hub, int64_t now_ns)
{
    struct watched_user *touched = NULL;
    struct topic *t = hub->news;
    hub->news = NULL;
    hub->news_end = &hub->news;
    for (struct topic *next; t; t = next) {
        next = t->next_news;
        publish(hub, t, &touched);
    }
    for (struct watched_user *u = touched, *next; u; u = next) {
        next = u->next_touched;
        publish_batch(u);
    }
    forget_ended(hub, now_ns);
}

// ---- viewers ----

static enum status check_limits(const struct hub *hub, const struct watched_user *u,
                                const struct topic *t, struct error *err)
{
    if (hub->stats.viewers >= (uint64_t)hub->limits.viewers)
        return error_set(err, ERR_LIMIT, "viewers: at most %d watch at once", hub->limits.viewers);
    if (u && u->viewer_count >= hub->limits.viewers_per_user)
        return error_set(err, ERR_LIMIT, "viewers: at most %d watch the jobs of one user",
                         hub->limits.viewers_per_user);
    if (t && t->viewer_count >= hub->limits.viewers_per_job)
        return error_set(err, ERR_LIMIT, "viewers: at most %d watch one job",
                         hub->limits.viewers_per_job);
    return OK;
}

static void link_viewer(struct hub *hub, struct viewer *v, struct viewer **list)
{
    v->seen = 0;
    v->is_waiting = false;
    v->synced = v->topic != NULL;
    v->next = *list;
    v->link = list;
    if (v->next)
        v->next->link = &v->next;
    *list = v;
    v->user->viewer_count++;
    hub->stats.viewers++;
    wake(v);
}

enum status hub_join_job(struct hub *hub, struct viewer *v, const char *user, const char *job,
                         struct error *err)
{
    struct topic *t = find_topic(hub, user, job);
    if (!t)
        return error_set(err, ERR_NOT_FOUND, "job: there is no job %s", job);
    if (check_limits(hub, t->user, t, err) != OK)
        return ERR_LIMIT;
    v->topic = t;
    v->user = t->user;
    t->viewer_count++;
    link_viewer(hub, v, &t->viewers);
    return OK;
}

enum status hub_join_user(struct hub *hub, struct viewer *v, const char *user, struct error *err)
{
    if (check_limits(hub, find_user(hub, user), NULL, err) != OK)
        return ERR_LIMIT;
    v->topic = NULL;
    v->user = need_user(hub, user);
    link_viewer(hub, v, &v->user->viewers);
    return OK;
}

void hub_leave(struct hub *hub, struct viewer *v)
{
    if (!v->user)
        return;
    *v->link = v->next;
    if (v->next)
        v->next->link = v->link;
    if (v->topic)
        v->topic->viewer_count--;
    v->user->viewer_count--;
    hub->stats.viewers--;
    free_user_without_use(hub, v->user);
    v->topic = NULL;
    v->user = NULL;
    v->is_waiting = false;
}

static struct message *take_of_job(struct hub *hub, struct viewer *v)
{
    struct topic *t = v->topic;
    if (v->seen == t->version)
        return NULL;
    struct message *m = v->seen != 0 && v->seen == t->before ? change_of(hub, t, v->form) : NULL;
    if (!m) {
        hub->stats.skips += v->seen != 0;
        m = whole_of(hub, t, v->form);
    }
    v->seen = t->version;
    return message_ref(m);
}

// The jobs that changed since the viewer was last told, the longest unsaid first.
static struct message *take_missed(struct hub *hub, struct viewer *v)
{
    struct topic *t = v->user->newest;
    if (!t || t->version <= v->seen)
        return NULL;
    while (t->older && t->older->version > v->seen)
        t = t->older;
    hub->stats.skips += v->synced;
    struct buffer piece BUFFER_AUTO;
    buffer_init(&piece, PIECE + SNAPSHOT_MAX_TEXT);
    for (; t && piece.size < PIECE; t = t->newer) {
        struct message *whole = whole_of(hub, t, VIEWER_LINES);
        if (piece.size > 0)
            buffer_text(&piece, "\n");
        buffer_append(&piece, message_bytes(whole), whole->size);
        v->seen = t->version;
    }
    return message_new(piece.data, piece.size);
}

static struct message *take_of_user(struct hub *hub, struct viewer *v)
{
    struct watched_user *u = v->user;
    if (u->batch && v->seen == u->before && v->seen < u->version) {
        v->seen = u->version;
        return message_ref(u->batch);
    }
    struct message *m = take_missed(hub, v);
    if (m || v->synced)
        return m;
    v->synced = true;
    return message_new(synced_line, sizeof(synced_line) - 1);
}

static bool is_behind(const struct viewer *v)
{
    if (v->topic)
        return v->seen != v->topic->version;
    return !v->synced || (v->user->newest && v->user->newest->version > v->seen);
}

struct message *hub_take(struct hub *hub, struct viewer *v)
{
    if (!v->user)
        return NULL;
    struct message *m = v->topic ? take_of_job(hub, v) : take_of_user(hub, v);
    v->is_waiting = is_behind(v);
    if (m) {
        hub->stats.messages++;
        hub->stats.message_bytes += m->size;
    }
    return m;
}

bool hub_has_ended(const struct viewer *v)
{
    const struct topic *t = v->topic;
    if (!t || !job_state_terminal(t->now.state) || t->has_news || v->seen != t->version)
        return false;
    return t->now.state != JOB_COMPLETE || t->now.progress.fraction >= 1;
}

void hub_stats(const struct hub *hub, struct hub_stats *ret)
{
    *ret = hub->stats;
}

void hub_free(struct hub *hub)
{
    if (!hub)
        return;
    for (int i = 0; i < BUCKETS; i++) {
        for (struct topic *t; (t = hub->topics[i]);) {
            t->has_news = false;
            free_topic(hub, t);
        }
    }
    buffer_done(&hub->scratch);
    free(hub);
}
