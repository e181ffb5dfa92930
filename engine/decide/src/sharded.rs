//! A persistent map: cloning it copies 64 pointers, changing a clone copies two small tables and one shard of some 25
//! entries per 100,000. So a delta builds the next directory in microseconds while all cores keep reading the last one.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use ahash::RandomState;

const FAN: usize = 64;

type Shard<K, V> = Arc<HashMap<K, V, RandomState>>;
type Branch<K, V> = Arc<Vec<Shard<K, V>>>;

/// Copy-on-write hash map of two levels.
#[derive(Debug, Clone)]
pub(crate) struct Sharded<K, V> {
    hasher: RandomState,
    branches: Vec<Branch<K, V>>,
    length: usize,
}

impl<K: Hash + Eq + Clone, V: Clone> Sharded<K, V> {
    pub(crate) fn new() -> Self {
        let hasher = RandomState::new();
        let shard = Arc::new(HashMap::with_hasher(hasher.clone()));
        let branch = Arc::new(vec![shard; FAN]);
        Self { hasher, branches: vec![branch; FAN], length: 0 }
    }

    /// (branch, shard) of a key: bits that the shard's own table does not use first.
    fn place<Q: Hash + ?Sized>(&self, key: &Q) -> (usize, usize) {
        let hash = self.hasher.hash_one(key);
        ((hash >> 50) as usize % FAN, (hash >> 44) as usize % FAN)
    }

    pub(crate) fn find<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (branch, shard) = self.place(key);
        self.branches[branch][shard].get(key)
    }

    pub(crate) fn find_key<Q>(&self, key: &Q) -> Option<&K>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (branch, shard) = self.place(key);
        self.branches[branch][shard].get_key_value(key).map(|(key, _)| key)
    }

    fn shard_mut<Q: Hash + ?Sized>(&mut self, key: &Q) -> &mut HashMap<K, V, RandomState> {
        let (branch, shard) = self.place(key);
        Arc::make_mut(&mut Arc::make_mut(&mut self.branches[branch])[shard])
    }

    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let before = self.shard_mut(&key).insert(key, value);
        self.length += usize::from(before.is_none());
        before
    }

    pub(crate) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.find(key)?;
        let before = self.shard_mut(key).remove(key);
        self.length -= usize::from(before.is_some());
        before
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }
}
