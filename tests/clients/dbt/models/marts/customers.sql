{{ config(persist_docs={'relation': true, 'columns': true}) }}

with orders as (

    select
        customer_id,
        count(*) as orders,
        sum(amount) as spent,
        min(ordered_at) as first_order_at,
        max(ordered_at) as last_order_at,
        {{ dbt.listagg('status', "', '", 'order by order_id') }} as statuses
    from {{ ref('stg_orders') }}
    group by customer_id

)

select
    customers.id as customer_id,
    customers.name,
    customers.country,
    customers.vip,
    customers.signed_up,
    coalesce(orders.orders, 0) as orders,
    orders.spent,
    orders.first_order_at,
    orders.last_order_at,
    orders.statuses,
    {{ dbt.datediff('customers.signed_up', 'orders.first_order_at', 'day') }} as days_to_first_order,
    customers.note
from {{ ref('raw_customers') }} as customers
left join orders on orders.customer_id = customers.id
